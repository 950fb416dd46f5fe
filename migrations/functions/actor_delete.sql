-- Removes everything of an actor, calls that wait and reminders included; its id is free again. A turn of it that
-- still runs records nothing, also when an actor of the same id has come meanwhile. Error: WF001 no such actor.
create function weir.actor_delete(type text, id text)
returns void
language plpgsql
as $$
declare
  v_id bigint := (weir_internal.locked_actor(type, id)).id;
begin
  perform weir_internal.river_cancel(array(select t.job from weir_internal.actor_turn as t where t.actor = v_id));
  delete from weir_internal.actor_turn as t where t.actor = v_id;
  delete from weir_internal.reminder as r where r.actor = v_id;

  insert into weir_internal.actor_reply (workflow, step)
  select c.workflow, c.step
  from weir_internal.actor_call as c
  where c.actor = v_id
    and c.workflow is not null
    and c.finished_at is null
  union all
  select c.continues_as, -1
  from weir_internal.actor_call as c
  where c.actor = v_id
    and c.status = 'CONTINUED'
  on conflict do nothing;

  delete from weir_internal.actor_call as c where c.actor = v_id;
  delete from weir_internal.actor as a where a.id = v_id;
end
$$;
