using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Monorepo.Core;

namespace Monorepo.Workspace.History;

/// <summary>
/// Shortens the ids of a log's commits to the digits that no other commit's id begins with. The first ones are looked up one by one; who
/// asks for many gets two bit maps over all ids, in which nearly every id is seen to be alone. Not thread-safe.
/// </summary>
/// <param name="log">Whose ids.</param>
/// <param name="digitsMin">At least so many digits; 40: whole ids.</param>
public sealed class IdAbbreviator(CommitLog log, int digitsMin = IdAbbreviator.DigitsDefault)
{
    public const int DigitsDefault = 7;

    private const int LookupsMax = 512;
    private const int MapBitsMin = 16;
    private const int MapBitsMax = 26;

    // With 64 times as many places as ids, one id in 64 shares its place with another one and is looked up.
    private const int PlacesPerIdBits = 6;

    private readonly int _digitsMin = Math.Clamp(digitsMin, HexPrefix.DigitsMin, ObjectId.HexSize);
    private readonly int _mapBits = Math.Min(
        Math.Clamp(BitOperations.Log2((uint)log.Count + 1) + 1 + PlacesPerIdBits, MapBitsMin, MapBitsMax), 4 * Math.Clamp(digitsMin, HexPrefix.DigitsMin, ObjectId.HexSize));
    private ulong[]? _shared;
    private int _lookups;

    /// <summary>How many digits the id needs here. An id that is not in the log gets the fewest.</summary>
    public int DigitsOf(ObjectId id)
    {
        if (_digitsMin == ObjectId.HexSize)
        {
            return _digitsMin;
        }

        if (_shared is null && ++_lookups > LookupsMax)
        {
            _shared = FindShared();
        }

        if (_shared is not null)
        {
            uint place = PlaceOf(id);
            if ((_shared[place >> 6] & (1UL << (int)(place & 63))) == 0)
            {
                return _digitsMin;
            }
        }

        int digits = _digitsMin;
        while (digits < ObjectId.HexSize && log.SharesPrefix(id, digits))
        {
            digits++;
        }

        return digits;
    }

    /// <summary>Writes the shortened id.</summary>
    public void Write(ObjectId id, IBufferWriter<byte> output) => WriteHex(id, DigitsOf(id), output);

    /// <summary>Writes the first hex digits of an id.</summary>
    public static void WriteHex(ObjectId id, int digits, IBufferWriter<byte> output)
    {
        Span<byte> text = output.GetSpan(ObjectId.HexSize);
        ReadOnlySpan<byte> hex = "0123456789abcdef"u8;
        ReadOnlySpan<byte> bytes = id.AsSpan();
        for (int i = 0; i < digits; i++)
        {
            text[i] = hex[(bytes[i >> 1] >> ((i & 1) == 0 ? 4 : 0)) & 15];
        }

        output.Advance(digits);
    }

    // A place is as many first bits of the id as fit in the map: ids alone in their place differ in digits we always print.
    private uint PlaceOf(ObjectId id) => BinaryPrimitives.ReadUInt32BigEndian(id.AsSpan()) >> (32 - _mapBits);

    private ulong[] FindShared()
    {
        int words = 1 << Math.Max(0, _mapBits - 6);
        ulong[] taken = new ulong[words];
        ulong[] shared = new ulong[words];
        for (int position = 0; position < log.Count; position++)
        {
            uint place = PlaceOf(log.IdAt(position));
            ulong bit = 1UL << (int)(place & 63);
            shared[place >> 6] |= taken[place >> 6] & bit;
            taken[place >> 6] |= bit;
        }

        return shared;
    }
}
