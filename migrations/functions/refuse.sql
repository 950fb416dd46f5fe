-- Refuses bad input (WF006): names the field, for programs as the error's column.
create function weir_internal.refuse(p_field text, p_reason text)
returns void
language plpgsql
as $$
begin
  raise exception '%: %', p_field, p_reason using errcode = 'WF006', column = p_field;
end
$$;
