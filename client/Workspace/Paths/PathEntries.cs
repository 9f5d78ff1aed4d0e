using Google.Protobuf;
using Google.Protobuf.Collections;
using Monorepo.Core;
using Monorepo.Workspace.Remote;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Paths;

/// <summary>Modes and ids as messages hold them: two columns beside the positions asked for.</summary>
internal static class PathEntries
{
    /// <exception cref="RemoteException">The columns are not as long as the positions.</exception>
    public static void Add(IReadOnlyList<int> positions, RepeatedField<uint> modes, ByteString ids, Dictionary<int, (FileMode Mode, ObjectId Id)> entries)
    {
        if (modes.Count != positions.Count || ids.Length != positions.Count * ObjectId.Size)
        {
            throw new RemoteException(RemoteError.Broken, $"The server answered {modes.Count} of {positions.Count} entries.");
        }

        for (int i = 0; i < positions.Count; i++)
        {
            ObjectId id = new(ids.Span.Slice(i * ObjectId.Size, ObjectId.Size));
            entries[positions[i]] = modes[i] == 0 ? default : (((FileMode)modes[i]).Canonical(), id);
        }
    }
}
