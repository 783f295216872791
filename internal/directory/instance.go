package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
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
