-- What a body held, type by type.
-- returns: one
-- require: words
select :words::text as words, :list::text[] as list, :numbers::bigint[] as numbers,
       :document::jsonb as document, :flag::boolean as flag, :amount::numeric as amount
