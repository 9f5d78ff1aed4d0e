using Monorepo.Core;
using Monorepo.Import.Sources;

namespace Monorepo.Import.Objects;

/// <summary>
/// Trees by id, read through. Kept in two generations: when the younger has half of the bytes, the older goes, so what is
/// asked for again and again stays. Not thread-safe.
/// </summary>
internal sealed class TreeCache(GitSource source, long bytesMax)
{
    private Dictionary<ObjectId, byte[]> _young = [];
    private Dictionary<ObjectId, byte[]> _old = [];
    private long _youngBytes;

    /// <exception cref="ImportException">The tree is missing or damaged.</exception>
    public byte[] Get(ObjectId id)
    {
        if (_young.TryGetValue(id, out byte[]? body))
            return body;
        if (!_old.TryGetValue(id, out body))
            body = source.ReadBody(id, ObjectKind.Tree);
        if (_youngBytes + body.Length > bytesMax / 2)
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
            _youngBytes = 0;
        }

        _young.Add(id, body);
        _youngBytes += body.Length;
        return body;
    }
}
