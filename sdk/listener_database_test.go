package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// mailbox is a listener that notes what is called. A test may take its methods'
// places.
type mailbox struct {
	poll       func(ctx context.Context, box string) (letter, error)
	checkpoint func(ctx context.Context) error

	mu    sync.Mutex
	calls []string
}

type letter struct {
	Box, Text string
}

func (m *mailbox) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, fmt.Sprintf(format, args...))
}

func (m *mailbox) Poll(ctx context.Context, box string) (letter, error) {
	m.note("poll %s", box)
	if m.poll != nil {
		return m.poll(ctx, box)
	}
	return letter{box, "hello"}, nil
}

func (m *mailbox) Checkpointed(ctx context.Context, id string, event letter) error {
	m.note("checkpointed %s %s", id, event.Text)
	if m.checkpoint != nil {
		return m.checkpoint(ctx)
	}
	return nil
}

var (
	atOnce = sdk.Retry{Max: 5, NoDelay: true}
	Mail   = sdk.Listen[string, letter]{Name: "mail", Retry: atOnce}
)

// failing fails n times.
func failing(n int) func() error {
	return func() error {
		if n--; n >= 0 {
			return errors.New("out of order")
		}
		return nil
	}
}

func TestN1AListenerPollsAndThenCommits(t *testing.T) {
	t.Parallel()
	m := new(mailbox)
	b := setup(t, Mail.Do(m))
	got, err := sdk.Run(b.ctx, b.client, Mail.Call("in"), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, letter{"in", "hello"}, got)
	require.Len(t, m.calls, 2)
	require.Equal(t, "poll in", m.calls[0])
	require.Regexp(t, `^checkpointed w/\d+/1 hello$`, m.calls[1])

	var steps []string
	require.NoError(t, b.pool.QueryRow(b.ctx, `select array_agg(name || ' ' || state order by no) from weir.steps`).Scan(&steps))
	require.Equal(t, []string{"mail succeeded", "mail.checkpointed succeeded"}, steps)
}

func TestN3APollThatFailsIsMadeAgain(t *testing.T) {
	t.Parallel()
	fails := failing(2)
	m := &mailbox{poll: func(_ context.Context, box string) (letter, error) { return letter{box, "late"}, fails() }}
	b := setup(t, Mail.Do(m))
	got, err := sdk.Run(b.ctx, b.client, Mail.Bind(sdk.Val("in")), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, "late", got.Text)
	require.Equal(t, []string{"poll in", "poll in", "poll in"}, m.calls[:3])
	require.Len(t, m.calls, 4)
}

func TestN3ACommitThatFailsIsMadeAgainWithTheSameID(t *testing.T) {
	t.Parallel()
	fails := failing(2)
	m := &mailbox{checkpoint: func(context.Context) error { return fails() }}
	b := setup(t, Mail.Do(m))
	_, err := sdk.Run(b.ctx, b.client, Mail.Call("in"), sdk.StartOpts{})
	require.NoError(t, err)
	require.Len(t, m.calls, 4, "one poll: the event was stored")
	require.Equal(t, []string{m.calls[1], m.calls[1]}, m.calls[2:])
}

func TestN3AResumeCommitsAndNeverPollsAgain(t *testing.T) {
	t.Parallel()
	fails := failing(6) // all attempts
	m := &mailbox{checkpoint: func(context.Context) error { return fails() }}
	b := setup(t, Mail.Do(m))
	handle, err := sdk.Start(b.ctx, b.client, Mail.Call("in"), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	_, err = handle.Wait(b.ctx)
	require.ErrorContains(t, err, "out of order")
	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, "hello", got.Text)
	require.Len(t, m.calls, 8)
	for _, call := range m.calls[2:] {
		require.Equal(t, m.calls[1], call)
	}
}

func TestN1EachEventHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	m := new(mailbox)
	b := setup(t, Mail.Do(m))
	_, err := sdk.Run(b.ctx, b.client, sdk.All(Mail.Call("in"), Mail.Call("in"), Mail.Call("in")), sdk.StartOpts{})
	require.NoError(t, err)
	ids := make(map[string]bool)
	for _, call := range m.calls {
		ids[call] = true
	}
	require.Len(t, m.calls, 6)
	require.Len(t, ids, 4)
}

func TestN1TryCatchesAListenerAndAfterHoldsBackItsPoll(t *testing.T) {
	t.Parallel()
	m := &mailbox{poll: func(_ context.Context, box string) (letter, error) {
		return letter{}, sdk.Permanent(errors.New("no such box: " + box))
	}}
	caught := sdk.Step[sdk.Result[letter], string]{Name: "caught"}
	first := sdk.Step[int, int]{Name: "first"}
	b := setup(t, Mail.Do(m),
		caught.Do(func(_ context.Context, r sdk.Result[letter]) (string, error) { return r.Err.Message, nil }),
		first.Do(func(context.Context, int) (int, error) { m.note("first"); return 0, nil }),
	)
	named := Mail.Call("x").With(sdk.NodeOpts{Name: "letter"}).After(first.Call(1))
	got, err := sdk.Run(b.ctx, b.client, caught.Bind(sdk.Try(named)), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, "no such box: x", got)
	require.Equal(t, []string{"first", "poll x"}, m.calls)
}

// A process that stops in the middle is followed by another one.
func TestN3AListenerGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		during func(m *mailbox, hang func(context.Context) error)
		calls  []string
	}{
		"the poll": {
			during: func(m *mailbox, hang func(context.Context) error) {
				m.poll = func(ctx context.Context, _ string) (letter, error) { return letter{}, hang(ctx) }
			},
			calls: []string{"poll in", "checkpointed"},
		},
		"the commit": {
			during: func(m *mailbox, hang func(context.Context) error) { m.checkpoint = hang },
			calls:  []string{"checkpointed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			hanging := make(chan struct{})
			before, after := new(mailbox), new(mailbox)
			test.during(before, func(ctx context.Context) error {
				close(hanging)
				<-ctx.Done()
				return ctx.Err()
			})
			first := b.join(t, sdk.Config{SoftStop: time.Millisecond, Handlers: []sdk.Handler{Mail.Do(before)}})
			handle, err := sdk.Start(b.ctx, b.client, Mail.Call("in"), sdk.StartOpts{ID: "w"})
			require.NoError(t, err)
			<-hanging
			require.NoError(t, first.Stop(b.ctx))
			b.join(t, sdk.Config{Handlers: []sdk.Handler{Mail.Do(after)}})
			got, err := handle.Wait(b.ctx)
			require.NoError(t, err)
			require.Equal(t, "in", got.Box)
			require.Len(t, after.calls, len(test.calls))
			for i, call := range test.calls {
				require.Contains(t, after.calls[i], call)
			}
			if len(before.calls) == 2 {
				require.Equal(t, before.calls[1], after.calls[0], "the same id")
			}
		})
	}
}

// join adds a process to the bundle's database.
func (b *testBundle) join(t *testing.T, config sdk.Config) *sdk.Client {
	t.Helper()
	config.Pool = b.pool
	client, err := sdk.New(config)
	require.NoError(t, err)
	require.NoError(t, client.Start(b.ctx))
	t.Cleanup(func() { require.NoError(t, client.Stop(context.WithoutCancel(b.ctx))) })
	return client
}

func TestN1AListenerThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := sdk.New(sdk.Config{Pool: b.pool, Handlers: []sdk.Handler{Mail.Do(nil)}})
	require.EqualError(t, err, `handlers[0]: "mail": the listener is nil`)

	m := new(mailbox)
	commit := sdk.Step[int, int]{Name: "mail.checkpointed"}
	_, err = sdk.New(sdk.Config{Pool: b.pool, Require: []sdk.Declaration{Mail}, Handlers: []sdk.Handler{
		commit.Do(func(_ context.Context, n int) (int, error) { return n, nil }), Mail.Do(m),
	}})
	require.EqualError(t, err, `handlers[1]: "mail.checkpointed" is implemented by handlers[0], too`)
}
