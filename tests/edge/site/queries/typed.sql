-- What arrived, type by type.
-- returns: one
select :day::date as day, :moment::timestamptz as moment, :small::smallint as small,
       :uuid::uuid as uuid, :flag::boolean as flag, :amount::numeric as amount,
       :words::text as words
