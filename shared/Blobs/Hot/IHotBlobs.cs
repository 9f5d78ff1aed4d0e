using Monorepo.Core;

namespace Monorepo.Blobs.Hot;

/// <summary>Contents that a transport's I/O threads may take from memory themselves, without a task or a hop to another thread. Thread-safe.</summary>
public interface IHotBlobs
{
    /// <summary>One for each I/O thread, for as long as the thread lives.</summary>
    IHotBlobReader OpenReader();
}

/// <summary>One thread's way to read. All members are called by that thread, except <see cref="Release"/>.</summary>
public interface IHotBlobReader : IDisposable
{
    /// <summary>A number for the repository that keys are compared by, cheap to remember with a connection.</summary>
    int NumberOf(RepositoryName repository);

    /// <summary>
    /// Looks up every id, and begins a section in which the slices found stay as they are. Within the section nothing else may be called but
    /// <see cref="Pin"/> and <see cref="EndRead"/>. It is to be left within microseconds: memory can't be reused while one is open.
    /// </summary>
    /// <param name="repositoryNumber">Of <see cref="NumberOf"/>.</param>
    /// <param name="ids">Any number; repeats allowed.</param>
    /// <param name="slices">As long as <paramref name="ids"/>; gets an envelope for each.</param>
    /// <returns>False, and no section, when one of them is not there.</returns>
    bool TryBeginRead(int repositoryNumber, ReadOnlySpan<ObjectId> ids, Span<HotSlice> slices);

    void EndRead();

    /// <summary>Tells who watches that a request was answered. Outside the section: only the slices' lengths are true.</summary>
    void Answered(RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<HotSlice> slices, TimeSpan elapsed);

    /// <summary>Keeps an envelope where it is beyond the section, until <see cref="Release"/>.</summary>
    void Pin(in HotSlice slice);

    /// <summary>Any thread.</summary>
    void Release(in HotSlice slice);
}

/// <summary>An envelope in native memory.</summary>
/// <param name="address">Its first byte.</param>
/// <param name="lengthBytes">Not 0.</param>
/// <param name="segment">What is pinned to keep it: the owner's business.</param>
public readonly unsafe struct HotSlice(byte* address, int lengthBytes, int segment)
{
    public byte* Address { get; } = address;

    public int LengthBytes { get; } = lengthBytes;

    public int Segment { get; } = segment;

    public ReadOnlySpan<byte> Span => new(Address, LengthBytes);
}
