using Monorepo.Formats.Packs;

namespace Monorepo.Workspace.Store;

/// <summary>The cache's limits. Processes that share a directory may use different ones; each pack keeps the slots it was made with.</summary>
public sealed record ObjectCacheOptions
{
    /// <summary>A new pack is begun where the current one's data would pass this.</summary>
    public int PackBytesMax { get; init; } = 256 << 20;

    /// <summary>Slots of a new pack's index, a power of two. Half a million: 16 MiB of index for 256 MiB of data at 700 bytes an object.</summary>
    public int SlotsPerPack { get; init; } = 1 << 19;

    /// <summary>All packs together; the oldest is deleted before a new one would pass it.</summary>
    public long CacheBytesMax { get; init; } = 10L << 30;

    /// <summary>The limits of a cache of a size: large ones as above, small ones in packs of a sixteenth, so that not all goes at once.</summary>
    public static ObjectCacheOptions For(long cacheBytesMax)
    {
        ObjectCacheOptions large = new();
        int packBytes = (int)Math.Clamp(cacheBytesMax / 16, PackBytesMin, large.PackBytesMax);

        // An index is a sixteenth of its pack, as for large packs.
        int slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, packBytes / (16 * PackSlot.Size)));
        return large with { CacheBytesMax = cacheBytesMax, PackBytesMax = packBytes, SlotsPerPack = Math.Min(slots, large.SlotsPerPack) };
    }

    /// <summary>How large a cache may grow where nobody says: 10 GiB, or a tenth of the disk where that is less.</summary>
    /// <param name="directory">The cache's; need not be there.</param>
    public static long DefaultBytesMax(string directory)
    {
        long wanted = new ObjectCacheOptions().CacheBytesMax;
        try
        {
            string there = Path.GetFullPath(directory);
            while (!Directory.Exists(there))
            {
                there = Path.GetDirectoryName(there) ?? "/";
            }

            return Math.Clamp(new DriveInfo(there).TotalSize / 10, Configuration.ConfigKeys.CacheBytesMin, wanted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return wanted;
        }
    }

    /// <summary>Told about what the user should know: a full disk, damaged objects. May be called from any thread.</summary>
    public Action<CacheWarning>? OnWarning { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Called before each write with the number of bytes; tests throw from it.</summary>
    internal Action<int>? BeforeWrite { get; init; }

    /// <exception cref="ArgumentException">The limits contradict each other.</exception>
    internal static ObjectCacheOptions Check(ObjectCacheOptions options)
    {
        if (options.PackBytesMax < PackBytesMin || options.CacheBytesMax < options.PackBytesMax)
        {
            throw new ArgumentException($"A pack has at least {PackBytesMin} bytes and the cache at least one pack.", nameof(options));
        }

        _ = PackFormat.IndexBytes(options.SlotsPerPack);
        return options;
    }

    private const int PackBytesMin = 1024;
}

public enum CacheWarningKind
{
    /// <summary>The disk or the quota is full: nothing more is cached by this process.</summary>
    NoSpace,

    /// <summary>The cache can't be written for another reason: nothing more is cached by this process.</summary>
    NotWritable,

    /// <summary>An object's bytes were damaged; it is withdrawn and fetched again.</summary>
    CorruptObject,

    /// <summary>A pack that can't be read is left out.</summary>
    UnreadablePack,
}

/// <param name="Kind">What happened, for decisions.</param>
/// <param name="Message">For people.</param>
public readonly record struct CacheWarning(CacheWarningKind Kind, string Message);
