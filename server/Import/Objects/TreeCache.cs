using Monorepo.Core;
using Monorepo.Import.Sources;

namespace Monorepo.Import.Objects;

/// <summary>Trees by id, read through. It forgets all when it is full: the next commit's trees come back with one read each.</summary>
internal sealed class TreeCache(GitSource source, long bytesMax)
{
    private readonly Dictionary<ObjectId, byte[]> _trees = [];
    private long _bytes;

    /// <exception cref="ImportException">The tree is missing or damaged.</exception>
    public byte[] Get(ObjectId id)
    {
        if (_trees.TryGetValue(id, out byte[]? body))
            return body;
        body = source.ReadBody(id, ObjectKind.Tree);
        if (_bytes + body.Length > bytesMax)
        {
            _trees.Clear();
            _bytes = 0;
        }

        _trees.Add(id, body);
        _bytes += body.Length;
        return body;
    }
}
