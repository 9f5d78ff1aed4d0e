using System.Buffers.Text;

namespace Monorepo.Memcached.Protocol;

/// <summary>
/// Turns the bytes of one connection into answers, in whatever pieces they arrive.
/// Strict: two-letter codes, single spaces, CRLF, only the return flags we ask for (O, f, c) and those of leases (W, Z, X), sizes within limits; all else throws
/// <see cref="MetaProtocolException"/> and the reader must not be used again. Not thread-safe.
/// </summary>
internal sealed class MetaResponseReader(int valueBytesMax)
{
    /// <summary>Longest line accepted. Legal ones are below 100 bytes; error texts of memcached are far shorter than this.</summary>
    internal const int LineBytesMax = 1024;

    private readonly byte[] _line = new byte[LineBytesMax];
    private int _lineBytes;
    private byte[]? _value;
    private int _valueBytes;
    private int _valueEndBytes;
    private uint _number;
    private uint _clientFlags;
    private ulong _version;
    private LeaseMark _lease;
    private bool _isStale;

    /// <summary>True between answers; false when the connection ended inside one.</summary>
    public bool IsIdle => _lineBytes == 0 && _value is null;

    /// <summary>Consumes from the front of <paramref name="input"/>. True with an answer, false when all input is consumed and more is needed.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> input, out MetaResponse response)
    {
        if (_value is not null)
            return TryReadValue(ref input, out response);

        response = default;
        int newline = input.IndexOf((byte)'\n');
        ReadOnlySpan<byte> part = newline < 0 ? input : input[..(newline + 1)];
        if (_lineBytes + part.Length > LineBytesMax)
            throw new MetaProtocolException("A response line is too long.");
        part.CopyTo(_line.AsSpan(_lineBytes));
        _lineBytes += part.Length;
        input = input[part.Length..];
        if (newline < 0)
            return false;

        int lineBytes = _lineBytes - 2;
        _lineBytes = 0;
        if (lineBytes < 0 || _line[lineBytes] != '\r')
            throw new MetaProtocolException("A response line does not end in CRLF.");
        ReadOnlySpan<byte> line = _line.AsSpan(0, lineBytes);
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            throw new MetaProtocolException("A response line holds a control character.");
        if (!line.StartsWith("VA "u8))
        {
            response = new MetaResponse { Status = ParseStatus(line) };
            return true;
        }

        ParseValueLine(line);
        return TryReadValue(ref input, out response);
    }

    private static MetaStatus ParseStatus(ReadOnlySpan<byte> line) => line switch
    {
        _ when line.SequenceEqual("HD"u8) => MetaStatus.Done,
        // A stub that somebody has won: there is no value.
        _ when line.SequenceEqual("EN"u8) || line.SequenceEqual("HD Z"u8) => MetaStatus.Miss,
        _ when line.SequenceEqual("MN"u8) => MetaStatus.NoOp,
        _ when line.SequenceEqual("NS"u8) => MetaStatus.NotStored,
        _ when line.SequenceEqual("EX"u8) => MetaStatus.Exists,
        _ when line.SequenceEqual("NF"u8) => MetaStatus.NotFound,
        _ when line.StartsWith("SERVER_ERROR "u8) => MetaStatus.ServerError,
        // ERROR and CLIENT_ERROR mean the two sides disagree about where a command begins.
        _ => throw new MetaProtocolException("The server sent a response that is not in the protocol."),
    };

    // VA <bytes> O<number> f<flags> [c<version>] [W|Z] [X], in any order, each once.
    private void ParseValueLine(ReadOnlySpan<byte> line)
    {
        int position = 3;
        ReadOnlySpan<byte> token = NextToken(line, ref position);
        ulong bytes = ParseNumber(token, ulong.MaxValue);
        if (bytes > (ulong)valueBytesMax)
            throw new MetaProtocolException("A value is larger than the item limit.");

        bool hasNumber = false, hasFlags = false;
        _version = 0;
        _lease = LeaseMark.None;
        _isStale = false;
        while (position <= line.Length)
        {
            token = NextToken(line, ref position);
            switch (token[0])
            {
                case (byte)'O' when !hasNumber:
                    hasNumber = true;
                    _number = (uint)ParseNumber(token[1..], uint.MaxValue);
                    break;
                case (byte)'f' when !hasFlags:
                    hasFlags = true;
                    _clientFlags = (uint)ParseNumber(token[1..], uint.MaxValue);
                    break;
                case (byte)'c' when _version == 0:
                    _version = ParseNumber(token[1..], ulong.MaxValue);
                    break;
                case (byte)'W' when _lease == LeaseMark.None && token.Length == 1:
                    _lease = LeaseMark.Won;
                    break;
                case (byte)'Z' when _lease == LeaseMark.None && token.Length == 1:
                    _lease = LeaseMark.Lost;
                    break;
                case (byte)'X' when !_isStale && token.Length == 1:
                    _isStale = true;
                    break;
                default:
                    throw new MetaProtocolException("A value carries a flag that was not asked for.");
            }
        }

        if (!hasNumber || !hasFlags)
            throw new MetaProtocolException("A value came without its number or its flags.");
        _value = GC.AllocateUninitializedArray<byte>((int)bytes);
        _valueBytes = 0;
        _valueEndBytes = 0;
    }

    /// <summary>The token at <paramref name="position"/>; moves past it and its one space, so the position after the last token is line length + 1.</summary>
    private static ReadOnlySpan<byte> NextToken(ReadOnlySpan<byte> line, ref int position)
    {
        ReadOnlySpan<byte> rest = line[position..];
        int space = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> token = space < 0 ? rest : rest[..space];
        if (token.IsEmpty)
            throw new MetaProtocolException("A response line has an empty token.");
        position += token.Length + 1;
        return token;
    }

    private static ulong ParseNumber(ReadOnlySpan<byte> token, ulong max)
    {
        bool canonical = token.Length > 0 && (token[0] != '0' || token.Length == 1);
        if (!canonical || !Utf8Parser.TryParse(token, out ulong number, out int consumed) || consumed != token.Length || !char.IsAsciiDigit((char)token[0]) || number > max)
            throw new MetaProtocolException("A response holds a malformed number.");
        return number;
    }

    private bool TryReadValue(ref ReadOnlySpan<byte> input, out MetaResponse response)
    {
        byte[] value = _value!;
        int take = Math.Min(value.Length - _valueBytes, input.Length);
        input[..take].CopyTo(value.AsSpan(_valueBytes));
        _valueBytes += take;
        input = input[take..];
        while (_valueBytes == value.Length && _valueEndBytes < 2 && input.Length > 0)
        {
            if (input[0] != "\r\n"u8[_valueEndBytes])
                throw new MetaProtocolException("A value is not followed by CRLF.");
            _valueEndBytes++;
            input = input[1..];
        }

        if (_valueEndBytes < 2)
        {
            response = default;
            return false;
        }

        _value = null;
        response = new MetaResponse
        {
            Status = MetaStatus.Value,
            Number = _number,
            ClientFlags = _clientFlags,
            Version = _version,
            Lease = _lease,
            IsStale = _isStale,
            Value = value,
        };
        return true;
    }
}
