"""Policy: may this touch go now? Small pure rules, one verdict, in words."""
