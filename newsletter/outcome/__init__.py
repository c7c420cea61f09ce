"""How follow-up work ends. What was learned on the way is evidence again."""
