-- Patients that meet every criterion given, as a FHIR searchset Bundle. Family and given names match
-- from their start, in any case; an identifier is a value, or `system|value`. Each criterion has an
-- index: Postgres plans with the values at hand, so that those which are absent fall away.
-- Without a criterion the Bundle is empty: nobody pages through all patients by leaving them out.
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
      and num_nonnulls(:family::text, :given::text, :birthdate::date, :identifier::text) > 0
      and (:family::text is null
           or lower(resource #>> '{name,0,family}') ^@ lower(:family::text))
      and (:given::text is null
           or lower(resource #>> '{name,0,given,0}') ^@ lower(:given::text))
      -- A range rather than "is null or =": the cast to date is not immutable, so that the planner
      -- would keep the "or", and with it a scan of the table.
      and coalesce(resource ->> 'birthDate', '')
          between coalesce(to_char(:birthdate::date, 'YYYY-MM-DD'), '')
              and coalesce(to_char(:birthdate::date, 'YYYY-MM-DD'), '9999-12-31')
      and (:identifier::text is null
           or resource -> 'identifier' @> case
               when strpos(:identifier::text, '|') > 0 then jsonb_build_array(jsonb_build_object(
                   'system', split_part(:identifier::text, '|', 1),
                   'value', split_part(:identifier::text, '|', 2)))
               else jsonb_build_array(jsonb_build_object('value', :identifier::text))
           end)
    order by id
    limit least(greatest(coalesce(:limit::int, 20), 1), 100)
) found
