drop type weir_internal.actor_hand;
drop table weir_internal.audit;
drop table weir_internal.actor_turn;
drop table weir_internal.actor_call;
drop table weir_internal.actor;
drop sequence weir_internal.actor_epoch_seq;
drop type weir_internal.actor_call_status;
drop type weir_internal.actor_status;
