package console

import (
	"strconv"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// instancePage is what templates/instance.html shows.
type instancePage struct {
	iam.Instance
	Issuer      string
	Lifetime    string // of access tokens
	MayManagers bool
	MayActivity bool
}

// instance shows what the deployment is: the addresses that clients need.
func instance(v *visit) error {
	i, err := v.h.Directory.Instance(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	return v.show(200, "instance", v.text("instance.title"), instancePage{
		Instance: i, Issuer: v.h.Tokens.URL, Lifetime: v.text("instance.hours", strconv.FormatFloat(i.AccessTokenLifetime.Hours(), 'f', -1, 64)), MayManagers: v.caller.Can(iam.InstanceMemberRead, iam.Target{}),
		MayActivity: v.caller.Can(iam.EventsRead, iam.Target{}),
	})
}
