-- Refuses what is no name or id: 1 to p_most bytes without control characters (and, as all text, without NUL).
create function weir_internal.check_text(p_field text, p_text text, p_most integer)
returns void
language plpgsql
immutable
as $$
begin
  case
    when p_text is null then
      raise exception 'is null' using errcode = 'WF006', column = p_field;
    when p_text = '' then
      raise exception 'is empty' using errcode = 'WF006', column = p_field;
    when octet_length(p_text) > p_most then
      raise exception 'has % bytes, at most % are allowed', octet_length(p_text), p_most using errcode = 'WF006', column = p_field;
    when p_text ~ '[[:cntrl:]]' then
      raise exception 'has a control character' using errcode = 'WF006', column = p_field;
    else
      null;
  end case;
end
$$;
