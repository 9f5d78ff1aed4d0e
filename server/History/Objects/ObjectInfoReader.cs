using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Storage;

namespace Monorepo.History.Objects;

internal static class ObjectInfoReader
{
    public static async Task<GetObjectInfoResponse> ReadAsync(IRepository repository, ObjectId[] ids, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObjectHeader?> headers = await repository.Objects.GetHeadersAsync(ids, cancellationToken);
        GetObjectInfoResponse response = new();
        foreach (ObjectHeader? header in headers)
        {
            response.Infos.Add(header is { } found
                ? new ObjectInfo { Kind = (uint)found.Kind, Size = (ulong)found.SizeBytes }
                : new ObjectInfo());
        }

        return response;
    }
}
