-- How many patients of each gender and decade of birth, as of the last refresh of the view.
-- returns: many
select gender, decade, patients, first_birth, last_birth
from patient_summary
order by gender, decade
