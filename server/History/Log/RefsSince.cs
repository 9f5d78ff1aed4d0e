using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Storage;
using StoredRefChange = Monorepo.Storage.RefChange;

namespace Monorepo.History.Log;

/// <summary>Tells a client that knows the refs of an offset what has changed since, out of the ref-update log.</summary>
internal static class RefsSince
{
    /// <summary>Updates that are worth reading; a client further behind gets all refs.</summary>
    private const int UpdatesMax = 4_096;

    /// <summary>Bytes of the log read at a time.</summary>
    private const int PageBytes = 1 << 20;

    /// <returns>Null where all refs are to be sent: too much has changed, or the log does not go back that far.</returns>
    public static async Task<RefChanges?> ReadAsync(IRefStore refs, RefSnapshot snapshot, ulong knownOffset, CancellationToken cancellationToken)
    {
        if (knownOffset > (ulong)snapshot.Offset || snapshot.Offset - (long)knownOffset > UpdatesMax)
        {
            return null;
        }

        Dictionary<RefName, StoredRefChange> last = [];
        long offset = (long)knownOffset;
        while (offset < snapshot.Offset)
        {
            RefLogPage page = await refs.ReadLogAsync(offset, (int)(snapshot.Offset - offset), PageBytes, cancellationToken);
            IReadOnlyList<RefUpdate> updates = page.Updates;
            if (updates.Count == 0 || updates[0].Offset != offset + 1)
            {
                return null;
            }

            foreach (StoredRefChange change in updates.SelectMany(static u => u.Changes))
            {
                last[change.Name] = change;
            }

            if (last.Count > snapshot.Refs.Count)
            {
                return null;
            }

            offset = updates[^1].Offset;
        }

        RefChanges message = new() { Offset = (ulong)snapshot.Offset, DefaultBranch = snapshot.DefaultBranch?.Value ?? "" };
        message.Changed.AddRange(last.Values.OrderBy(static c => c.Name).Select(static c => new Ref
        {
            Name = c.Name.Value,
            Target = c.Target is { } target ? RequestIds.ToMessage(target) : ByteString.Empty,
            Peeled = c.Target is not null && c.Peeled is { } peeled ? RequestIds.ToMessage(peeled) : ByteString.Empty,
        }));
        return message;
    }
}
