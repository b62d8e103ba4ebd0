-- Patients that meet every criterion given, as a FHIR searchset Bundle. Family and first given name
-- match from their start, in any case; an identifier is a value, or `system|value`. Each criterion
-- has an index, and Postgres plans with the values at hand, so that absent criteria fall away.
-- Without any criterion the Bundle is empty, so that nobody lists patients by asking for nothing.
-- returns: one
-- json: yes
select json_build_object(
    'resourceType', 'Bundle',
    'type', 'searchset',
    'entry', coalesce(
        json_agg(json_build_object(
            'fullUrl', '/api/patients/' || found.id,
            'resource', found.resource,
            'search', json_build_object('mode', 'match')
        ) order by found.id),
        '[]')
) as json
from (
    select id, resource
    from fhir_resources
    where resource_type = 'Patient'
      and num_nonnulls(nullif(:family::text, ''), nullif(:given::text, ''), :birthdate::date,
                       nullif(:identifier::text, '')) > 0
      and (:family::text is null
           or lower(resource #>> '{name,0,family}') ^@ lower(:family::text))
      and (:given::text is null
           or lower(resource #>> '{name,0,given,0}') ^@ lower(:given::text))
      -- A range rather than "is null or =", because the planner does not fold a cast to date and
      -- would keep the "or", and with it a scan of the table. to_json writes ISO 8601 whatever the
      -- session's DateStyle.
      and coalesce(resource ->> 'birthDate', '')
          between coalesce(to_json(:birthdate::date) #>> '{}', '')
              and coalesce(to_json(:birthdate::date) #>> '{}', '9999-12-31')
      and (:identifier::text is null
           or resource -> 'identifier' @> case
               when strpos(:identifier::text, '|') > 0 then jsonb_build_array(jsonb_build_object(
                   'system', split_part(:identifier::text, '|', 1),
                   'value', split_part(:identifier::text, '|', 2)))
               else jsonb_build_array(jsonb_build_object('value', :identifier::text))
           end)
    -- Not by id alone, or the planner may walk the primary key, looking at each patient on the way.
    order by id + 0
    limit least(greatest(coalesce(:limit::int, 20), 1), 100)
) found
