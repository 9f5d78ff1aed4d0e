namespace Monorepo.Rpc.Wire;

/// <summary>Header and trailer names and values of the gRPC protocol over HTTP/2.</summary>
public static class HeaderNames
{
    public const string ContentType = "content-type";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string StatusDetails = "grpc-status-details-bin";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";

    /// <summary>The content type we send; <c>+proto</c> is implied.</summary>
    public const string ContentTypeValue = "application/grpc";

    /// <summary>True for <c>application/grpc</c> and <c>application/grpc+proto</c>, with or without parameters.</summary>
    public static bool IsGrpcContentType(string? contentType)
    {
        if (contentType is null)
            return false;

        int end = contentType.IndexOf(';', StringComparison.Ordinal);
        ReadOnlySpan<char> mediaType = (end < 0 ? contentType : contentType.AsSpan(0, end)).Trim();
        return mediaType.Equals(ContentTypeValue, StringComparison.OrdinalIgnoreCase)
            || mediaType.Equals("application/grpc+proto", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Names that are the protocol's or HTTP's, and so never metadata. Expects lower case.</summary>
    public static bool IsReserved(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith(':')
            || name.StartsWith("grpc-", StringComparison.Ordinal)
            || name is ContentType or "content-length" or "te" or "trailer" or "host" or "connection" or "date" or "server"
                or "transfer-encoding" or "upgrade" or "user-agent";
    }
}
