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
