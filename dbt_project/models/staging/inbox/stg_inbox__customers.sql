{{ stage_inbox() }}
