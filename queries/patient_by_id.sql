-- One Patient, as the FHIR document that is stored.
-- returns: one
-- json: yes
select resource as json
from fhir_resources
where resource_type = 'Patient' and id = :id::bigint
