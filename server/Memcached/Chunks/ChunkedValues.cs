namespace Monorepo.Memcached.Chunks;

/// <summary>
/// Stores and reassembles values over the item limit. Chunks are spread over the ring by their own keys. Written chunks first, manifest last;
/// read manifest first, then all chunks; a missing, short or foreign chunk makes the whole value a miss.
/// </summary>
internal sealed class ChunkedValues(MemcachedOptions options, ChunkedValues.GetItems getItems, ChunkedValues.SetItem setItem)
{
    /// <summary>Chunks in one request: 8 MiB at the default item size, which a local network moves well within the operation timeout.</summary>
    private const int ChunksPerBatchMax = 8;

    /// <summary>Chunks of one value written side by side.</summary>
    private const int ChunksStoredAtOnceMax = 8;

    internal delegate Task<CacheValue[]> GetItems(IReadOnlyList<ReadOnlyMemory<byte>> keys, int keysPerBatchMax, uint leaseSeconds, CancellationToken cancellationToken);

    internal delegate Task<StoreOutcome> SetItem(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, uint clientFlags, uint expirySeconds, CancellationToken cancellationToken);

    /// <summary>Replaces every manifest among <paramref name="values"/> by its value, or by a miss.</summary>
    public async Task ResolveAsync(CacheValue[] values, CancellationToken cancellationToken)
    {
        // One value at a time: each is many requests already, and its chunks are held twice while it is put together.
        long bytesLeft = options.SplitBytesPerCallMax;
        for (int i = 0; i < values.Length; i++)
        {
            if ((values[i].ClientFlags & ChunkManifest.ClientFlag) == 0)
                continue;
            ChunkManifest? manifest = ChunkManifest.Decode(values[i].Bytes.Span, options.ValueBytesMax);
            bytesLeft -= manifest?.ValueBytes ?? 0;
            values[i] = manifest is null || bytesLeft < 0 ? default : await FetchAsync(manifest, values[i].ClientFlags, cancellationToken);
        }
    }

    public async Task<StoreOutcome> StoreAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, uint clientFlags, uint expirySeconds, CancellationToken cancellationToken)
    {
        ChunkManifest manifest = ChunkManifest.Of(value.Span, options.ItemPayloadBytesMax);
        foreach (int[] numbers in Enumerable.Range(0, manifest.ChunkCount).Chunk(ChunksStoredAtOnceMax))
        {
            StoreOutcome[] outcomes = await Task.WhenAll(numbers.Select(number =>
            {
                (int offset, int bytes) = manifest.Extent(number);
                return setItem(manifest.ChunkKey(number), value.Slice(offset, bytes), 0, expirySeconds, cancellationToken);
            }));
            foreach (StoreOutcome outcome in outcomes)
            {
                if (outcome != StoreOutcome.Stored)
                    return outcome;
            }
        }

        return await setItem(key, manifest.Encode(), clientFlags | ChunkManifest.ClientFlag, expirySeconds, cancellationToken);
    }

    private async Task<CacheValue> FetchAsync(ChunkManifest manifest, uint clientFlags, CancellationToken cancellationToken)
    {
        var keys = new ReadOnlyMemory<byte>[manifest.ChunkCount];
        for (int number = 0; number < keys.Length; number++)
            keys[number] = manifest.ChunkKey(number);

        CacheValue[] chunks = await getItems(keys, ChunksPerBatchMax, 0, cancellationToken);
        byte[] value = GC.AllocateUninitializedArray<byte>(manifest.ValueBytes);
        for (int number = 0; number < chunks.Length; number++)
        {
            (int offset, int bytes) = manifest.Extent(number);
            if (!chunks[number].IsHit || chunks[number].Bytes.Length != bytes)
                return default;
            chunks[number].Bytes.CopyTo(value.AsMemory(offset));
        }

        return manifest.Matches(value) ? new CacheValue(value, clientFlags & ~ChunkManifest.ClientFlag) : default;
    }
}
