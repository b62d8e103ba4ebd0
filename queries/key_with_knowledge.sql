-- A product key, its owner and everything it knows, in one statement.
-- returns: one
select k.id, k.key, k.product, k.plan, k.created_at, k.expires_at,
       json_build_object('id', u.id, 'handle', u.handle, 'name', u.name) as owner,
       knowledge.entries as knowledge
from product_keys k
join users u on u.id = k.owner_id
cross join lateral (
    select coalesce(
        json_agg(json_build_object(
            'id', c.id, 'topic', c.topic, 'question', c.question, 'answer', c.answer,
            'updated_at', c.updated_at
        ) order by c.id),
        '[]') as entries
    from custom_knowledge c
    where c.product_key_id = k.id and c.retired_at is null
) knowledge
where k.key = :key::text
