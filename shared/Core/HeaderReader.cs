namespace Monorepo.Core;

/// <summary>One header of a commit or tag, with its continuation lines.</summary>
/// <param name="Key">The bytes before the first space.</param>
/// <param name="Value">All after that space, continuation lines included with their leading spaces and line feeds, the last line feed excluded.</param>
/// <param name="Start">Where the header starts in the body.</param>
internal readonly record struct Header(Range Key, Range Value, int Start);

/// <summary>
/// Cuts the head of a commit or tag in headers: lines up to the first empty line, a line that starts with a space
/// belongs to the one before it. What follows the empty line is the message; without one there is no message.
/// </summary>
internal ref struct HeaderReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _offset;

    public Header Current { get; private set; }

    /// <summary>Where the message starts once <see cref="MoveNext"/> said false, or the body's length where there is none.</summary>
    public int MessageOffset { get; private set; } = body.Length;

    public readonly int OffsetBytes => _offset;

    public bool MoveNext()
    {
        if (_offset >= _body.Length)
        {
            return false;
        }

        if (_body[_offset] == '\n')
        {
            MessageOffset = _offset + 1;
            return false;
        }

        int start = _offset;
        int end = LineEnd(start);
        while (end + 1 < _body.Length && _body[end + 1] == ' ')
        {
            end = LineEnd(end + 1);
        }

        int space = _body[start..end].IndexOf((byte)' ');
        int keyEnd = space < 0 ? end : start + space;
        Current = new Header(start..keyEnd, Math.Min(keyEnd + 1, end)..end, start);
        _offset = Math.Min(end + 1, _body.Length);
        return true;
    }

    private readonly int LineEnd(int from)
    {
        int length = _body[from..].IndexOf((byte)'\n');
        return length < 0 ? _body.Length : from + length;
    }
}
