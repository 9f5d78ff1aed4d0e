using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;

namespace Monorepo.Workspace.History;

/// <summary>Builds the bytes of a <see cref="RefSet"/>, without a string for each line.</summary>
internal sealed class RefSetWriter
{
    private const int IdDigits = ObjectId.HexSize;

    private readonly ArrayBufferWriter<byte> _checked = new();
    private int _lastName;
    private int _lastNameBytes;

    public RefSetWriter(ulong offset, RefName? defaultBranch) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{offset} {defaultBranch}\n"), _checked);

    /// <summary>False where the name does not come after the last one by its bytes; then nothing was added.</summary>
    public bool TryAdd(RefEntry entry)
    {
        string name = entry.Name.Value;
        Span<byte> line = _checked.GetSpan(Encoding.UTF8.GetMaxByteCount(name.Length) + (2 * (IdDigits + 1)) + 1);
        WriteId(entry.Target, line);
        int nameBytes = Encoding.UTF8.GetBytes(name, line[(IdDigits + 1)..]);
        if (line.Slice(IdDigits + 1, nameBytes).SequenceCompareTo(_checked.WrittenSpan.Slice(_lastName, _lastNameBytes)) <= 0)
        {
            return false;
        }

        _lastName = _checked.WrittenCount + IdDigits + 1;
        _lastNameBytes = nameBytes;
        int length = IdDigits + 1 + nameBytes;
        if (entry.Peeled is { } peeled)
        {
            line[length++] = (byte)' ';
            WriteId(peeled, line[length..]);
            length += IdDigits;
        }

        line[length++] = (byte)'\n';
        _checked.Advance(length);
        return true;
    }

    /// <summary>Adds whole lines that are known to be in order and to come after the last ones.</summary>
    public void AddLines(ReadOnlySpan<byte> lines)
    {
        if (!lines.IsEmpty)
        {
            _checked.Write(lines);
            _lastNameBytes = 0;
        }
    }

    public byte[] ToBytes() =>
    [
        .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"mr-refs 2 {Checksum.Compute(_checked.WrittenSpan):x8} ")),
        .. _checked.WrittenSpan,
    ];

    private static void WriteId(ObjectId id, Span<byte> destination)
    {
        Span<char> digits = stackalloc char[IdDigits];
        Convert.TryToHexStringLower(id.AsSpan(), digits, out _);
        Encoding.ASCII.GetBytes(digits, destination);
        if (destination.Length > IdDigits)
        {
            destination[IdDigits] = (byte)' ';
        }
    }
}
