-- The name that a step was bound with: the declared one, or the user's own, less the number that made it unique.
-- A user's own name that looks like a numbered one is taken for that.
create function weir_internal.given_name(p_step weir_internal.step)
returns text
language plpgsql
stable
as $$
declare
  v_declared text := regexp_replace(p_step.function, '^weir\.', '');
  v_part text[] := regexp_match(p_step.name, '^(.+)_(\d{1,9})$');
begin
  if p_step.name = v_declared or v_part is null then
    return p_step.name;
  elsif v_part[1] = v_declared then
    return v_declared;
  end if;
  -- A user's own name is numbered only in the graph of a continuation, where it was in use before.
  return case
    when p_step.parent is not null and exists (
      select
      from weir_internal.step_name as n
      where n.workflow = p_step.workflow
        and n.name = v_part[1]
        and n.next > v_part[2]::integer
    ) then v_part[1]
    else p_step.name
  end;
end
$$;
