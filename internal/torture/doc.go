// Package torture holds what is done to a running service to see that nothing
// acknowledged is ever lost and nothing counts twice. It has no code of its own:
// its tests build the program, start it as anybody would, send it events over
// HTTP, and kill it with SIGKILL in the middle of that, again and again; let pages of
// its database go bad; and let a long file of old events come beside single ones.
//
// PLUMBLINE_KILLS says how often it is killed, PLUMBLINE_LATE how many old events
// come; `make torture` asks for 200 and for a million.
package torture
