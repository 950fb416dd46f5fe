-- Refuses what is no name of a method. It has no dot: Type.method is a function's name.
create function weir_internal.check_method(p_method text)
returns void
language plpgsql
immutable
as $$
begin
  perform weir_internal.check_text('method', p_method, 63);
  if strpos(p_method, '.') > 0 then
    perform weir_internal.refuse('method', format('%L has a dot', p_method));
  end if;
end
$$;
