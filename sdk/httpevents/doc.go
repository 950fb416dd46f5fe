// Package httpevents takes events for workflows by HTTP:
//
//	POST /{workflow_id}/{key}
//	Authorization: ...
//	Idempotency-Key: ...
//
//	{"any": "JSON"}
//
// The body is the payload of the event, as in sdk.Client.SendEvent. Workflow id and
// key are one segment of the path each, escaped. The Idempotency-Key, if there is
// one, is the event's Dedupe.
//
// The answer is JSON: {"accepted": true}, or {"accepted": false} if the same event
// was accepted before, or {"error": text}.
//
//	200  the event is stored
//	400  the payload is not JSON that can be stored, or id or key can be none
//	401  the Check refused the request
//	404  there is no such workflow, or the path is another one
//	405  the method is not POST
//	409  the workflow has ended, or another payload came with the Idempotency-Key
//	413  the body is too large
//	503  anything else: whether the event is stored is unknown
//
// After 503, and without an answer, the sender sends it again. With an
// Idempotency-Key that is harmless.
package httpevents
