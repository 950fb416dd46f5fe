-- Refuses what no worker that knows the type has (WF012); p_what is a method or a query.
create function weir_internal.refuse_method(p_type text, p_what text, p_name text)
returns void
language plpgsql
as $$
begin
  raise exception 'no worker has the % % of %', p_what, quote_literal(p_name), p_type using errcode = 'WF012';
end
$$;
