-- fails when: a key is current twice in one snapshot, so that no count of current objects can be right
-- inputs:     current_objects
select key, count(*) as times
from current_objects
group by 1
having count(*) > 1
order by 1
limit 10
