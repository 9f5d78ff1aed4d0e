using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Monorepo.Workspace.History.Walking;

/// <summary>
/// A value for each position of the log, default until set. Memory is taken for the stretches of positions that are written, so a walk
/// near the tip of a long history stays small. Not thread-safe.
/// </summary>
internal sealed class PositionTable<T>(int count)
    where T : unmanaged
{
    private const int ChunkBits = 12;
    private const int ChunkMask = (1 << ChunkBits) - 1;

    private readonly T[]?[] _chunks = new T[]?[(count >> ChunkBits) + 1];

    public T this[int position] => _chunks[position >> ChunkBits] is { } chunk ? chunk[position & ChunkMask] : default;

    /// <summary>The value's place, to read and to write.</summary>
    public ref T At(int position)
    {
        ref T[]? chunk = ref _chunks[position >> ChunkBits];
        chunk ??= new T[1 << ChunkBits];
        return ref chunk[position & ChunkMask];
    }

    /// <summary>The highest position below <paramref name="limit"/> and above <paramref name="floor"/> whose value is not the default one; -1 where there is none.</summary>
    public int FindBetween(int floor, int limit)
    {
        int chunkMin = Math.Max(floor, 0) >> ChunkBits;
        for (int chunk = limit >> ChunkBits, end = limit & ChunkMask; chunk >= chunkMin; chunk--, end = ChunkMask + 1)
        {
            if (_chunks[chunk] is { } values)
            {
                // As bytes: enumerations can't be searched for on .NET 9.
                int found = MemoryMarshal.AsBytes(values.AsSpan(0, end)).LastIndexOfAnyExcept((byte)0);
                if (found >= 0)
                {
                    int position = (chunk << ChunkBits) + (found / Unsafe.SizeOf<T>());
                    return position > floor ? position : -1;
                }
            }
        }

        return -1;
    }
}
