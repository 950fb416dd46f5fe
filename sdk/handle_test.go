package sdk

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestAttachFindsAWorkflow(t *testing.T) {
	t.Parallel()
	client, _ := setup(t, arithmetic()...)
	_, err := Start(t.Context(), client, inc.Call(1), StartOpts{ID: "w"})
	require.NoError(t, err)

	handle := Attach[int](client, "w")
	got, err := handle.Wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, got)
	status, err := handle.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, StatusSuccessful, status)

	_, err = Attach[string](client, "w").Wait(t.Context())
	require.EqualError(t, err, `output of workflow "w" doesn't decode as string: json: cannot unmarshal number into Go value of type string`)
	require.ErrorIs(t, err, ErrDecode)
}

func TestWaitTellsHowItEnded(t *testing.T) {
	t.Parallel()
	client, fake := setup(t)
	_, err := Attach[int](client, "unknown").Wait(t.Context())
	require.ErrorIs(t, err, ErrNotFound)

	fake.outcomes["canceled"] = engine.Outcome{Status: StatusCanceled}
	_, err = Attach[int](client, "canceled").Wait(t.Context())
	require.ErrorIs(t, err, ErrCanceled)

	fake.outcomes["odd"] = engine.Outcome{Status: StatusRunning, Output: json.RawMessage("1")}
	_, err = Attach[int](client, "odd").Wait(t.Context())
	require.EqualError(t, err, `workflow "odd" is RUNNING`)
}

func TestTheZeroHandleIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Handle[int]{}.Wait(t.Context())
	require.ErrorIs(t, err, ErrInput)
	_, err = Handle[int]{}.Status(t.Context())
	require.ErrorIs(t, err, ErrInput)
}
