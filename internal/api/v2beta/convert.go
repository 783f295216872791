package v2beta

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// relay lets the twin of a method answer. Kinds: InvalidArgument without an id
// where there has to be one; Unimplemented for a part that the twin does not
// know; and the twin's.
func relay[R, Q, Q2, R2 proto.Message](ctx context.Context, req Q, twin func(context.Context, Q2) (R2, error)) (R, error) {
	var none R
	in, err := request[Q2](req)
	if err != nil {
		return none, err
	}
	out, err := twin(ctx, in)
	if err != nil {
		return none, err
	}
	return response[R](out), nil
}

// request is the request of the final generation that says the same.
func request[Q2 proto.Message](req proto.Message) (Q2, error) {
	out := create[Q2]()
	if err := needID(req.ProtoReflect()); err != nil {
		return out, err
	}
	return out, ascend(req.ProtoReflect(), out.ProtoReflect())
}

// response is the response of this generation that says the same.
func response[R proto.Message](out proto.Message) R {
	resp := create[R]()
	descend(out.ProtoReflect(), resp.ProtoReflect())
	return resp
}

func create[M proto.Message]() M {
	var m M
	return m.ProtoReflect().New().Interface().(M)
}

// needID refuses a request without its id by the name that the id has here:
// the twin often calls it otherwise.
func needID(req protoreflect.Message) error {
	id := req.Descriptor().Fields().ByName("id")
	if id == nil || id.HasPresence() || req.Has(id) {
		return nil
	}
	return iam.Errorf(iam.InvalidArgument, "V2B-empty", "id must not be empty").At("id")
}

// twinOf is the field of the final generation that means what a field of this
// one does, or nil.
func twinOf(field protoreflect.FieldDescriptor, v2 protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	name, renamed := renames[field.FullName()]
	if !renamed {
		name = field.Name()
	}
	return v2.Fields().ByName(name)
}

// ascend copies what is set in a message of this generation to its twin. Kind:
// Unimplemented for what has no place there.
func ascend(beta, v2 protoreflect.Message) (err error) {
	beta.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if by, ok := byHand[field.FullName()]; ok {
			by(value, v2)
			return true
		}
		twin := twinOf(field, v2.Descriptor())
		if twin == nil {
			err = iam.Errorf(iam.Unimplemented, "V2B-field", "%s cannot be set", field.TextName())
			return false
		}
		err = transfer(value, field, v2, twin, ascend)
		return err == nil
	})
	return err
}

// descend copies what a message of the final generation says to its twin of
// this one, as far as that has a place for it.
func descend(v2, beta protoreflect.Message) {
	fields := beta.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		twin := twinOf(field, v2.Descriptor())
		if twin == nil || !v2.Has(twin) {
			continue
		}
		_ = transfer(v2.Get(twin), twin, beta, field, func(from, to protoreflect.Message) error {
			descend(from, to)
			return nil
		})
	}
}

// transfer sets a field to a value of another one of the same kind and
// cardinality, with messages of their own types on both sides.
func transfer(value protoreflect.Value, from protoreflect.FieldDescriptor, into protoreflect.Message, to protoreflect.FieldDescriptor, convert func(from, to protoreflect.Message) error) error {
	if from.Message() == to.Message() { // nothing to convert: scalars and well-known types
		into.Set(to, value)
		return nil
	}
	if !from.IsList() {
		return convert(value.Message(), into.Mutable(to).Message())
	}
	list := into.Mutable(to).List()
	for i := range value.List().Len() {
		if err := convert(value.List().Get(i).Message(), list.AppendMutable().Message()); err != nil {
			return err
		}
	}
	return nil
}
