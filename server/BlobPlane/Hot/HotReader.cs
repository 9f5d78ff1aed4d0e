using Monorepo.Blobs.Hot;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Hot;

/// <summary>An I/O thread's way into the hot set. It says when it reads, and the writer reuses nothing that it may have seen.</summary>
internal sealed class HotReader(HotSet set) : IHotBlobReader
{
    internal const long Outside = 0;

    private long _section;
    private long _requests;
    private long _hits;
    private long _hitBytes;

    /// <summary>The section it is in. Any thread.</summary>
    internal long Section => Volatile.Read(ref _section);

    /// <summary>Requests answered whole. Those that were not are asked again elsewhere, and counted there.</summary>
    internal long Requests => Volatile.Read(ref _requests);

    internal long Hits => Volatile.Read(ref _hits);

    internal long HitBytes => Volatile.Read(ref _hitBytes);

    public int NumberOf(RepositoryName repository) => set.NumberOf(repository);

    public bool TryBeginRead(int repositoryNumber, ReadOnlySpan<ObjectId> ids, Span<HotSlice> slices)
    {
        if (repositoryNumber < 0)
            return false;

        // A full fence: the writer sees that we are here before we see a key it is about to remove, or we don't see the key.
        Interlocked.Exchange(ref _section, set.CurrentSection);
        long bytes = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (!set.TryFind(repositoryNumber, in ids[i], out slices[i]))
            {
                EndRead();
                return false;
            }

            bytes += slices[i].LengthBytes;
        }

        _requests++;
        _hits += ids.Length;
        _hitBytes += bytes;
        return true;
    }

    public void EndRead() => Volatile.Write(ref _section, Outside);

    public void Answered(RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<HotSlice> slices, TimeSpan elapsed) =>
        set.Answered(repository, ids, slices, elapsed);

    public void Pin(in HotSlice slice) => set.Pin(slice.Segment);

    public void Release(in HotSlice slice) => set.Release(slice.Segment);

    public void Dispose() => set.Close(this);
}
