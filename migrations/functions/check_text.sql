-- Refuses what is no name or id: 1 to p_most bytes without control characters (and, as all text, without NUL),
-- whatever the locale calls one.
create function weir_internal.check_text(p_field text, p_text text, p_most integer)
returns void
language plpgsql
immutable
as $$
begin
  case
    when p_text is null then
      perform weir_internal.refuse(p_field, 'is null');
    when p_text = '' then
      perform weir_internal.refuse(p_field, 'is empty');
    when octet_length(p_text) > p_most then
      perform weir_internal.refuse(p_field, format('has %s bytes, at most %s are allowed', octet_length(p_text), p_most));
    when p_text ~ '[\u0001-\u001f\u007f-\u009f]' then
      perform weir_internal.refuse(p_field, 'has a control character');
    else
      null;
  end case;
end
$$;
