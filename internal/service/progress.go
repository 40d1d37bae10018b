package service

import "context"

type progressKey struct{}

// WithProgress lets somebody be told how far a long piece of work is that is done with
// the context: the share that is done, between 0 and 1, which may be told from any
// goroutine and more than once.
func WithProgress(ctx context.Context, told func(share float64)) context.Context {
	return context.WithValue(ctx, progressKey{}, told)
}

// Tell says how far it is, to whoever wants to know.
func Tell(ctx context.Context, share float64) {
	if told, ok := ctx.Value(progressKey{}).(func(float64)); ok {
		told(share)
	}
}

// Part is for a step of a piece of work, which is all of it from one share to another.
func Part(ctx context.Context, from, to float64) context.Context {
	told, ok := ctx.Value(progressKey{}).(func(float64))
	if !ok {
		return ctx
	}
	return WithProgress(ctx, func(share float64) { told(from + (to-from)*share) })
}

// reading is about which share of judging the record is to read it.
const reading = .6
