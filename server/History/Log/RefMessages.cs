using Google.Protobuf;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Storage;

namespace Monorepo.History.Log;

internal static class RefMessages
{
    public static ListRefsResponse ToMessage(RefSnapshot snapshot)
    {
        ListRefsResponse response = new()
        {
            DefaultBranch = snapshot.DefaultBranch?.Value ?? "",
            Offset = (ulong)snapshot.Offset,
        };
        response.Refs.Capacity = snapshot.Refs.Count;
        foreach (StoredRef item in snapshot.Refs)
        {
            response.Refs.Add(new Ref
            {
                Name = item.Name.Value,
                Target = RequestIds.ToMessage(item.Target),
                Peeled = item.Peeled is { } peeled ? RequestIds.ToMessage(peeled) : ByteString.Empty,
            });
        }

        return response;
    }
}
