package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/pgweir/weir/examples/bank"
	"github.com/pgweir/weir/sdk"
)

// envTeller makes the test binary a process that starts transfers and runs nothing,
// with a tellerConfig.
const envTeller = "WEIR_INTEGRATION_TELLER"

type tellerConfig struct {
	URL   string
	Name  string
	First int // the number of the transfer it begins with
}

const (
	bankAccounts = 6
	bankOpening  = 100
	tellerClerks = 12 // goroutines of a teller
	tellerOwn    = 4  // each fourth transfer is a teller's own, the others are started by both
)

// transfer is what is asked for under an id. One of the accounts doesn't exist.
type transfer struct {
	from, to int
	amount   int64
}

// transferID is what a teller calls its n-th transfer.
func transferID(teller string, n int) string {
	if n%tellerOwn == 0 {
		return fmt.Sprintf("%d of %s", n, teller)
	}
	return strconv.Itoa(n)
}

// transferOf draws a transfer by its id: all who start it ask for the same.
func transferOf(id string) transfer {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // it never fails
	chance := rand.New(rand.NewPCG(hash.Sum64(), 0))
	return transfer{chance.IntN(bankAccounts), chance.IntN(bankAccounts + 1), 1 + chance.Int64N(80)}
}

func (do transfer) bind() sdk.Ref[int64] {
	return bank.Transfer(strconv.Itoa(do.from), strconv.Itoa(do.to), do.amount)
}

// What a transfer may come to. Anything else is told as the text of its error.
const (
	transferMade     = "made"
	transferRefused  = "refused"
	transferReturned = "returned"
)

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return transferMade
	case errors.Is(err, bank.ErrNotEnough):
		return transferRefused
	case errors.Is(err, bank.ErrReturned):
		return transferReturned
	default:
		return err.Error()
	}
}

// What is told of a start: it has made its transfer, or found it.
const (
	startCreated = "created"
	startFound   = "found"
)

// tellerMain starts transfers until SIGTERM. The last ones are waited for.
func tellerMain(text string) int {
	var config tellerConfig
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return complain(err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	client, pool, err := connected(config.URL)
	if err != nil {
		return complain(err)
	}
	defer pool.Close()
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return complain(err)
	}
	w := &worker{gates: make(map[string]chan struct{}), client: client}
	go w.listen()
	w.tell(event{Kind: up})

	var clerks sync.WaitGroup
	var begun atomic.Int64
	for range tellerClerks {
		clerks.Go(func() {
			for ctx.Err() == nil {
				w.transfer(context.WithoutCancel(ctx), config.Name, config.First+int(begun.Add(1))-1)
			}
		})
	}
	clerks.Wait()
	if err := client.Stop(context.WithoutCancel(ctx)); err != nil {
		return complain(err)
	}
	return 0
}

// transfer starts a teller's n-th transfer, and tells whether that is new and what it
// comes to.
func (w *worker) transfer(ctx context.Context, teller string, n int) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id := transferID(teller, n)
	tell := func(k kind, detail string) { w.tell(event{Kind: k, Workflow: id, Step: teller, Detail: detail}) }

	handle, err := sdk.Start(ctx, w.client, transferOf(id).bind(), sdk.StartOpts{ID: id, OnExisting: sdk.OnExistingAttach})
	if err == nil {
		how := startFound
		if handle.Created() {
			how = startCreated
		}
		tell(stored, how)
		_, err = handle.Wait(ctx)
	}
	tell(answered, outcomeOf(err))
}
