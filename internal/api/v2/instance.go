package v2

import (
	"context"

	instance "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance/v2"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// GetInstance describes the one instance that there is.
func (s *Instances) GetInstance(ctx context.Context, req *instance.GetInstanceRequest) (*instance.GetInstanceResponse, error) {
	i, err := s.Directory.Instance(ctx, call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	if id := req.GetInstanceId(); id != "" && id != i.ID {
		return nil, iam.Errorf(iam.NotFound, "V2-inst1", "instance does not exist")
	}
	return &instance.GetInstanceResponse{Instance: &instance.Instance{
		Id: i.ID, CreationDate: call.Time(i.Created), ChangeDate: call.Time(i.Changed),
		State: instance.State_STATE_RUNNING, Name: i.Name,
		CustomDomains: []*instance.CustomDomain{{
			InstanceId: i.ID, CreationDate: call.Time(i.Created), Domain: s.Directory.Host, Primary: true,
		}},
	}}, nil
}
