using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Clones;

/// <summary>Refs out of a server's answer.</summary>
internal static class RefMessages
{
    /// <summary>The refs of a head.</summary>
    /// <param name="head">The server's.</param>
    /// <param name="known">The refs whose offset was told to the server; null where none was.</param>
    /// <exception cref="RemoteException">A name or id is none, or changes came that were not asked for.</exception>
    public static RefSet Read(HistoryHead head, RefSet? known) => Checked(() =>
    {
        if (head.RefChanges is not { } changes)
        {
            ListRefsResponse refs = head.Refs ?? new ListRefsResponse();
            return RefSet.Create(refs.Offset, ReadBranch(refs.DefaultBranch), refs.Refs.Select(ReadEntry));
        }

        if (known is null)
        {
            throw new RemoteException(RemoteError.Broken, "The server sent changes to refs that are not here.");
        }

        return known.With(changes.Offset, ReadBranch(changes.DefaultBranch), [.. changes.Changed.Select(static r => new ChangedRef(RefName.Parse(r.Name), r.Target.IsEmpty ? null : ReadEntry(r)))]);
    });

    /// <summary>The refs that a server sent of those asked for.</summary>
    /// <exception cref="RemoteException">A name or id is none.</exception>
    public static (RefName? DefaultBranch, IReadOnlyList<RefEntry> Refs) Read(ListRefsResponse? message) =>
        Checked(() => (ReadBranch(message?.DefaultBranch ?? ""), (IReadOnlyList<RefEntry>)[.. (message?.Refs ?? []).Select(ReadEntry)]));

    private static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new RemoteException(RemoteError.Broken, $"The server sent refs that are none: {e.Message}", e);
        }
    }

    private static RefName? ReadBranch(string name) => name.Length == 0 ? null : RefName.Parse(name);

    private static RefEntry ReadEntry(Ref message) =>
        new(RefName.Parse(message.Name), new ObjectId(message.Target.Span), message.Peeled.IsEmpty ? null : new ObjectId(message.Peeled.Span));
}
