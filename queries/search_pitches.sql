-- Full-text search over titles and bodies, best match first, in the syntax of web search (words,
-- "a phrase", or, -not). A search that only excludes finds nothing, for no index can answer it.
-- returns: many
-- require: q
select p.id, p.title, left(p.body, 200) as excerpt, p.category, p.tags, p.author_id, p.created_at,
       ts_rank(p.search, websearch_to_tsquery('english', :q::text)) as rank
from pitches p
where p.search @@ websearch_to_tsquery('english', :q::text)
  and querytree(websearch_to_tsquery('english', :q::text)) <> 'T'
order by rank desc, p.id desc
limit least(greatest(coalesce(:limit::int, 20), 1), 100)
