package app

import (
	"context"
	"errors"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/service"
)

// sealed is the log of a running service, as the API asks for it.
type sealed struct {
	*keeper.Keeper
	service *service.Service
}

// keep starts to keep the log that the record holds, with its key and witnesses.
func keep(ctx context.Context, o *ServeOptions, s *service.Service) (*sealed, error) {
	with, err := o.Config.Signing(ctx, o.Store)
	if err != nil {
		return nil, err
	}
	options := keeper.Options{Store: o.Store, Signers: with.Signers, Keys: with.Keys, Now: time.Now, Log: o.Log}
	for _, w := range o.Config.Witnesses {
		options.Witnesses = append(options.Witnesses, keeper.Witness{Key: w.Key, URL: w.URL})
	}
	k, err := keeper.New(ctx, options)
	if err != nil {
		return nil, err
	}
	return &sealed{k, s}, nil
}

// start signs and asks witnesses until ctx ends; what it gives is closed then.
func (k *sealed) start(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		k.Run(ctx)
	}()
	return ended
}

// last signs what was written after the last look; why nothing can be signed was
// told before. What a busy machine leaves no time for is signed at the next start.
func (k *sealed) last() error {
	c, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s, err := k.Status(c)
	if err == nil && s.Problem == nil {
		err = k.Sign(c)
	}
	if fault := (*errs.Error)(nil); c.Err() != nil && !errors.As(err, &fault) {
		return nil
	}
	return err
}

// ProveEvent proves that an event of a source is in the log.
func (k *sealed) ProveEvent(ctx context.Context, source, id string) ([]byte, error) {
	number, at, ok := k.service.TakenAt(source, id)
	if !ok {
		return nil, service.ErrNone
	}
	proof, err := k.Keeper.ProveEvent(ctx, number, id, at)
	if err != nil && at != clock.Instant(0) { // what was sent again was received again
		return k.Keeper.ProveEvent(ctx, number, id, 0)
	}
	return proof, err
}
