package httpevents

import (
	"errors"
	"net/http"

	"github.com/pgweir/weir/sdk"
)

// What is wrong with a request itself.
var (
	errUnauthorized = errors.New("unauthorized")
	errPath         = errors.New("path is not /{workflow_id}/{key}")
	errMethod       = errors.New("method is not POST")
	errTooLarge     = errors.New("body is too large")
	errUnreadable   = errors.New("body can't be read")
	errNotJSON      = errors.New("body is not JSON")
)

// refusals are what clients are told of errors: nothing that the server has for
// itself.
var refusals = []struct {
	err    error
	status int
	text   string
}{
	{errUnauthorized, http.StatusUnauthorized, errUnauthorized.Error()},
	{errPath, http.StatusNotFound, errPath.Error()},
	{errMethod, http.StatusMethodNotAllowed, errMethod.Error()},
	{errTooLarge, http.StatusRequestEntityTooLarge, errTooLarge.Error()},
	{errUnreadable, http.StatusBadRequest, errUnreadable.Error()},
	{errNotJSON, http.StatusBadRequest, errNotJSON.Error()},
	{sdk.ErrNotFound, http.StatusNotFound, "there is no such workflow"},
	{sdk.ErrFinished, http.StatusConflict, "workflow has ended"},
	{sdk.ErrEventConflict, http.StatusConflict, "another payload was accepted with this Idempotency-Key"},
}

// refusal is the answer for an error: who sent what can't be an event is told what
// is wrong with it.
func refusal(err error) (status int, text string) {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.status, r.text
		}
	}
	if input := new(sdk.InputError); errors.As(err, &input) {
		return http.StatusBadRequest, input.Error()
	}
	return http.StatusServiceUnavailable, "event may not be stored: send it again"
}
