using System.Globalization;
using FileMode = System.IO.FileMode;

namespace Monorepo.Operations.AccessLog;

/// <summary>The files of one access log. Reading is safe while a writer appends, rotates and deletes.</summary>
internal sealed class AccessLogFiles(string folder)
{
    private const string Extension = ".log";

    public string PathOf(long number) => Path.Combine(folder, number.ToString("D10", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The numbers of the files there are, oldest first.</summary>
    public IReadOnlyList<long> List()
    {
        if (!Directory.Exists(folder))
            return [];
        List<long> numbers = [];
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Bytes of one file; 0 where it is gone.</summary>
    public long SizeOf(long number) => new FileInfo(PathOf(number)) is { Exists: true } file ? file.Length : 0;

    /// <summary>The records of all files that may hold any from <paramref name="since"/> on, oldest file first, a block at a time.</summary>
    public IEnumerable<AccessRecord> Read(DateTimeOffset since)
    {
        long sinceMs = since.ToUnixTimeMilliseconds();
        List<AccessRecord> records = [];
        foreach (long number in List())
        {
            // A file is closed when the next is begun, so all in it is older than its last write.
            if (File.GetLastWriteTimeUtc(PathOf(number)) is { } written && new DateTimeOffset(written, TimeSpan.Zero) < since)
                continue;
            using AccessLogFile? file = AccessLogFile.TryOpen(PathOf(number));
            while (file?.TryReadBlock(records) == true)
            {
                foreach (AccessRecord record in records)
                {
                    if (record.UnixMilliseconds >= sinceMs)
                        yield return record;
                }

                records.Clear();
            }
        }
    }

    /// <summary>Cuts what a killed writer left half written at the end of the newest file.</summary>
    /// <returns>Bytes cut.</returns>
    public long CutTornTail()
    {
        if (List() is not [.., long newest])
            return 0;
        long good = 0;
        using (AccessLogFile? file = AccessLogFile.TryOpen(PathOf(newest)))
        {
            List<AccessRecord> records = [];
            while (file?.TryReadBlock(records) == true)
                records.Clear();
            good = file?.GoodBytes ?? 0;
        }

        long cut = SizeOf(newest) - good;
        if (good == 0)
        {
            File.Delete(PathOf(newest));
        }
        else if (cut > 0)
        {
            using FileStream stream = new(PathOf(newest), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(good);
        }

        return cut;
    }

    /// <summary>Deletes the oldest files until all together have at most so many bytes. The newest stays.</summary>
    public void DeleteOldest(long bytesMax)
    {
        IReadOnlyList<long> numbers = List();
        long bytes = numbers.Sum(SizeOf);
        for (int i = 0; i < numbers.Count - 1 && bytes > bytesMax; i++)
        {
            bytes -= SizeOf(numbers[i]);
            File.Delete(PathOf(numbers[i]));
        }
    }
}

/// <summary>One file read from its start, block by block. Not thread-safe.</summary>
internal sealed class AccessLogFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly byte[] _header = new byte[AccessLogFormat.BlockHeaderBytes];
    private byte[] _payload = [];

    private AccessLogFile(FileStream stream, int keysKept)
    {
        _stream = stream;
        KeysKept = keysKept;
        GoodBytes = AccessLogFormat.FileHeaderBytes;
    }

    public int KeysKept { get; }

    /// <summary>Up to the end of the last good block.</summary>
    public long GoodBytes { get; private set; }

    /// <summary>Null where there is no such file any more, or its header is cut or damaged.</summary>
    public static AccessLogFile? TryOpen(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        Span<byte> header = stackalloc byte[AccessLogFormat.FileHeaderBytes];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && AccessLogFormat.ReadKeysKept(header) is { } kept)
            return new AccessLogFile(stream, kept);
        stream.Dispose();
        return null;
    }

    /// <summary>Adds the next block's records; false at the end, and at a block that is cut or damaged.</summary>
    public bool TryReadBlock(List<AccessRecord> records)
    {
        if (_stream.ReadAtLeast(_header, _header.Length, throwOnEndOfStream: false) < _header.Length
            || AccessLogFormat.ReadPayloadBytes(_header) is not { } payloadBytes)
            return false;
        if (_payload.Length < payloadBytes)
            _payload = new byte[Math.Max(payloadBytes, 2 * _payload.Length)];
        Span<byte> payload = _payload.AsSpan(0, payloadBytes);
        if (_stream.ReadAtLeast(payload, payloadBytes, throwOnEndOfStream: false) < payloadBytes
            || !AccessLogFormat.TryReadPayload(_header, payload, records))
            return false;
        GoodBytes += _header.Length + payloadBytes;
        return true;
    }

    public void Dispose() => _stream.Dispose();
}
