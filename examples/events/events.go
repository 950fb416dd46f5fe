// Package events waits for what others say: for two of three managers, one of whom
// answers by HTTP, and for the bank, which is polled and told when its message is
// stored. None but the poll holds a worker.
package events

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
	"github.com/pgweir/weir/sdk/httpevents"
)

type Answer struct {
	By string
	OK bool
}

var (
	Decide  = sdk.Step[sdk.Split[Answer], []string]{Name: "decide"}
	Payment = sdk.Listen[string, string]{
		Name:  "payment",
		Retry: sdk.Retry{Max: sdk.Forever, Backoff: 10 * time.Millisecond, Factor: 1},
	}
	Report = sdk.Step3[[]string, string, sdk.Result[bool], string]{Name: "report"}
)

var Handlers = []sdk.Handler{
	Decide.Do(decide),
	Payment.Do(bank{}),
	Report.Do(report),
}

func decide(_ context.Context, answers sdk.Split[Answer]) ([]string, error) {
	var yes []string
	for _, answer := range answers.Ready {
		if answer.OK {
			yes = append(yes, answer.By)
		}
	}
	return yes, nil
}

// bank is where payments come from.
type bank struct{}

func (bank) Poll(ctx context.Context, purchase string) (string, error) {
	if step, _ := sdk.Info(ctx); step.Attempt < 3 {
		return "", errors.New("no payment yet") // looked for again after the Backoff
	}
	return "transfer 42 for " + purchase, nil
}

// Checkpointed tells the bank that it may forget the payment: it is stored.
func (bank) Checkpointed(_ context.Context, id, payment string) error { return nil }

func report(_ context.Context, yes []string, payment string, rebate sdk.Result[bool]) (string, error) {
	return fmt.Sprintf("%s said yes, %s, rebate: %t", strings.Join(yes, " and "), payment, rebate.Or(false)), nil
}

// Run starts a purchase, and answers it in the place of two managers.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	const purchase = "purchase-1"
	var answers []sdk.Ref[Answer]
	for _, manager := range []string{"ann", "bob", "cid"} {
		answers = append(answers, sdk.Event[Answer]("answer of "+manager, sdk.EventOpts{}))
	}
	yes := Decide.Bind(sdk.WaitSome(answers, 2, time.Hour))
	paid := Payment.Call(purchase).After(yes)
	rebate := sdk.Try(sdk.Event[bool]("rebate", sdk.EventOpts{Timeout: 10 * time.Millisecond}))

	handle, err := sdk.Start(ctx, client, Report.Bind(yes, paid, rebate), sdk.StartOpts{ID: purchase})
	if err != nil {
		return err
	}
	_, err = client.SendEvent(ctx, handle.ID(), "answer of ann", Answer{"ann", true}, sdk.SendEventOpts{Dedupe: "ann"})
	if err != nil && !errors.Is(err, sdk.ErrFinished) {
		return err
	}
	if err := answerByHTTP(ctx, client, handle.ID()); err != nil {
		return err
	}
	text, err := handle.Wait(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, text)
	return nil
}

const token = "Bearer of-cid"

func authorize(r *http.Request) error {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(token)) != 1 {
		return errors.New("another token")
	}
	return nil
}

// answerByHTTP is both the server and cid, its client.
func answerByHTTP(ctx context.Context, client *sdk.Client, id string) error {
	handler, err := httpevents.New(httpevents.Config{Sender: client, Check: authorize})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.StripPrefix("/events", handler), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }() // until it is closed
	defer func() { _ = server.Close() }()

	url := "http://" + listener.Addr().String() + "/events/" + id + "/answer%20of%20cid"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"By": "cid", "OK": true}`))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", token)
	request.Header.Set("Idempotency-Key", "cid")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusConflict { // the purchase has ended
		return errors.New(response.Status)
	}
	return nil
}
