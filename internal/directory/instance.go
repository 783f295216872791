package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Instance describes the instance to a caller; everyone who is a caller may
// know it. Its keys are left out.
func (d *Directory) Instance(ctx context.Context, c iam.Caller) (iam.Instance, error) {
	if c.Nobody() {
		return iam.Instance{}, nobody()
	}
	i, err := d.Store.Read().Instance(ctx)
	i.MasterKeyCheck, i.TokenKey = nil, nil
	return i, err
}

// instanceToChange reads the instance in a write, for a caller who may do p to
// it. Kind: PermissionDenied.
func instanceToChange(ctx context.Context, tx *store.Tx, c iam.Caller, p iam.Permission) (iam.Instance, error) {
	if err := c.Require(p, iam.Target{}); err != nil {
		return iam.Instance{}, err
	}
	return tx.Instance(ctx)
}

// instanceEvent is an event about the instance itself, in no organization.
func instanceEvent(t iam.EventType, i iam.Instance, payload []byte) iam.Event {
	return iam.Event{Type: t, Aggregate: iam.AggregateInstance, AggregateID: i.ID, Payload: payload}
}
